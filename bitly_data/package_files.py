"""Where the files lie that are no modules: the first page, the settings of Streamlit, the theme.

In a checkout they lie beside the package. A wheel has them inside it, so that nothing called `app`
or `pages` comes into a folder that all packages share.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# The name that pyproject.toml gives this folder in the wheel.
_PACKAGED = _PACKAGE / "_app"


def app_folder() -> Path:
    """The folder with `app.py`, `pages/` and `.streamlit/`: the packaged one, else the checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _PACKAGE.parent


def app_script() -> Path:
    """The script that Streamlit runs."""
    return app_folder() / "app.py"


def config_file() -> Path:
    """How Streamlit is to be set up, the one place where that is written."""
    return app_folder() / ".streamlit" / "config.toml"


def theme_file() -> Path:
    """The file with the `[theme]` tables.

    It is Streamlit's own file of settings: there `theme.base` may name a file of its own, but
    Streamlit looks for that in the folder in which it was started.
    """
    return config_file()
