"""A picture in HTML: as part of a notebook, or as a page of its own."""

from sentiment.inference.inside.pictures.svg import escaped

_PAGE = """<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 12px; font-family: system-ui, sans-serif; color: #222; background: #fff; overflow-wrap: anywhere }}
</style>
</head>
<body>
{content}</body>
</html>
"""


def fragment(text: str, svg: str) -> str:
    """Return the whole text, which a picture may shorten, and the picture."""
    return (
        f'<figure style="margin:0"><figcaption style="max-width:720px">{escaped(text)}</figcaption>\n{svg}</figure>\n'
    )


def page(title: str, content: str) -> str:
    """Return a page that loads nothing from elsewhere."""
    return _PAGE.format(title=escaped(title), content=content)
