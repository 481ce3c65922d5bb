"""The log as a party's own tools read it: checkpoint, key and tiles, and nothing of what entries say."""

import hashlib
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
