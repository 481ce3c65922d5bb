"""One mission for all tests of bundles: made once."""

import pytest
from tests.run.bundling.made import Made, make


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Made:
    return make(tmp_path_factory.mktemp("bundling"))
