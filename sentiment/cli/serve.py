"""`sentiment serve`."""

from pathlib import Path
from typing import Annotated

import typer

from sentiment.cli.command import expand_home, expanded_path, finite
from sentiment.cli.console import notify
from sentiment.cli.models import DEFAULT_MODEL, complete_model
from sentiment.processor import MOST_THREADS

ModelsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODEL]...",
        parser=expand_home,
        help="Models, by directory or name; the first is the default.",
        show_default=DEFAULT_MODEL,
        autocompletion=complete_model,
    ),
]


def serve_command(
    models: ModelsArgument = None,
    host: Annotated[str, typer.Option(metavar="H", help="Address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, metavar="N", help="Port; 0 for any free one.")] = 8080,
    workers: Annotated[int, typer.Option(min=1, max=MOST_THREADS, metavar="N", help="Processes that answer.")] = 1,
    threads: Annotated[
        int, typer.Option(min=1, max=MOST_THREADS, metavar="N", help="Batches at the same time in each.")
    ] = 1,
    api_key_file: Annotated[
        Path | None,
        typer.Option(metavar="PATH", parser=expanded_path, help="File with a key per line; requests need one of them."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="O", help="Origin whose web pages may call, such as https://example.com; repeatable."),
    ] = None,
    max_queue: Annotated[int, typer.Option(min=1, metavar="N", help="Texts that may wait in a worker.")] = 128,
    max_body: Annotated[int, typer.Option(min=1, metavar="BYTES", help="Largest request, except tables.")] = 2_097_152,
    max_table: Annotated[int, typer.Option(min=1, metavar="BYTES", help="Largest table.")] = 536_870_912,
    max_wait_ms: Annotated[
        float, typer.Option(min=0, callback=finite, metavar="MS", help="How long a batch waits for more texts.")
    ] = 0.0,
    grace_s: Annotated[
        float,
        typer.Option(
            min=0, callback=finite, metavar="S", help="How long accepted requests are answered after SIGTERM."
        ),
    ] = 30.0,
    page: Annotated[bool, typer.Option("--page/--no-page", help="Whether / is a page for people.")] = True,
    access_log: Annotated[
        bool, typer.Option("--access-log/--no-access-log", help="A line of JSON per request on standard output.")
    ] = True,
    log_texts: Annotated[bool, typer.Option("--log-texts", help="Write the texts to the access log.")] = False,
) -> None:
    """Answer over HTTP, and show a page for people. Needs the extra `serve`.

    Known interfaces: /predict and /info of Text Embeddings Inference, the Open Inference Protocol at /v2, and /v1 for
    predictions, explanations and traces of texts, and for tables; /openapi.json describes them. SIGTERM ends the
    service once all that was accepted is answered; SIGHUP loads the models anew.

    Example: sentiment serve --port 8080

    Example: sentiment serve runs/bilstm korean-opinion --host 0.0.0.0 --api-key-file keys.txt
    """
    from sentiment.serving import ServingSettings, require_extra
    from sentiment.serving.process import ServiceOptions, run_service
    from sentiment.serving.settings import read_keys

    require_extra()
    settings = ServingSettings(
        api_keys=() if api_key_file is None else read_keys(api_key_file),
        allow_origins=tuple(allow_origin or ()),
        threads=threads,
        max_queue=max_queue,
        max_body_bytes=max_body,
        max_table_bytes=max_table,
        max_wait_ms=max_wait_ms,
        with_page=page,
        log_texts=log_texts,
    )
    raise typer.Exit(
        run_service(ServiceOptions(models or (), host, port, workers, grace_s, settings, access_log, notify))
    )
