"""``wardround serve``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from wardround.cli.accepting import TargetPrecision
from wardround.cli.kept import Database, Folder, KeyFile
from wardround.cli.site import Site

__all__ = ["serve"]


def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="0 for any that is free.")] = 8765,
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
    engine: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="The model for images, and for notes that ask for one. Default: the best one on this machine.",
        ),
    ] = "",
    site: Site = None,
    target_precision: TargetPrecision = None,
    auth: Annotated[
        Literal["none", "local", "oidc"],
        typer.Option(
            help="none: whoever reaches it is you, on this machine only; local: accounts, see wardround users; "
            "oidc: an identity provider's accounts."
        ),
    ] = "none",
    certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="For TLS, in PEM form.")] = None,
    private_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key.")] = None,
    trusted_proxy: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="The proxy that ends TLS before the server, or its network."),
    ] = "",
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="A host name that the server is reached by. Can be given again."),
    ] = None,
    oidc_issuer: Annotated[
        str,
        typer.Option(
            "--oidc-issuer",
            metavar="URL",
            help="The identity provider. The client's secret is read from WARDROUND_OIDC_SECRET.",
        ),
    ] = "",
    oidc_client: Annotated[str, typer.Option("--oidc-client", metavar="ID", help="Our id with it.")] = "",
    oidc_role_claim: Annotated[
        str,
        typer.Option("--oidc-role-claim", metavar="NAME", help="The claim of the ID token that holds the role."),
    ] = "roles",
    open_: Annotated[bool, typer.Option("--open", help="Open the pages in the browser.")] = False,
) -> None:
    """Run the server: pages on which drafts are reviewed and signed, and the REST interface.

    \b
    Examples:
      wardround serve
      wardround serve --folder trial --port 0 --open
      wardround serve --engine medgemma --key-file store.key
      wardround serve --host 0.0.0.0 --auth local --certificate server.pem --private-key server.key --name codes.example
      wardround serve --database postgresql://wardround@db/wardround --auth local --trusted-proxy 10.0.0.2

    Without options it listens on this machine only and keeps cases in the user's data folder. Reached from elsewhere it
    needs authentication and TLS, its own or that of a proxy in front of it. It prints its address when it is ready, and
    logs lines of JSON on standard error, without a word of any patient.

    It ends by Ctrl-C or SIGTERM. Work on images that is not finished goes on at the next start, also after a crash.
    """
    from wardround.server import Config, serve

    config = Config(
        host=host,
        port=port,
        database=database,
        folder=folder,
        key_file=key_file,
        engine=engine,
        site=site,
        target_precision=target_precision,
        auth=auth,
        certificate=certificate,
        private_key=private_key,
        trusted_proxy=trusted_proxy,
        names=tuple(name or ()),
        oidc_issuer=oidc_issuer,
        oidc_client=oidc_client,
        oidc_role_claim=oidc_role_claim,
    )

    def ready(address: str) -> None:
        print(f"wardround is ready at {address}", flush=True)
        if open_:
            typer.launch(address)

    serve(config, ready)
