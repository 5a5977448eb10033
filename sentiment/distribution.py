"""The distribution name of this package, and its installed version."""

DISTRIBUTION = "recurrent-sentiment"  # in the package index, `sentiment` is another project


def installed_version() -> str:
    """Return the version, or `unknown` if the package is not installed."""
    from importlib.metadata import PackageNotFoundError, version  # its parser of e-mail would slow every prediction

    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
