"""The OpenAPI document is true: whatever is sent, the answers are those it describes.

``WARDROUND_EXAMPLES=500`` tries that many requests of each kind on each route.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import positive_data_acceptance

from server.api.conftest import NOTE
from wardround.server import Config, create_app
from wardround.server.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from schemathesis import Case, Response
    from schemathesis.schemas import BaseSchema

EXAMPLES = int(os.environ.get("WARDROUND_EXAMPLES", "8"))
OPERATIONS = [
    (path, method, operation["operationId"])
    for path, methods in create_app(Config()).openapi()["paths"].items()
    for method, operation in methods.items()
]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
FORM = "the request does not have the form it needs"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Config(folder=tmp_path_factory.mktemp("store"), names=("testserver",)))
