"""The one function that asks Bitly, kept as Streamlit keeps it."""

import os

import pandas as pd
import requests
import streamlit as st


@st.cache_data
def clicks(path: str, **params: str | int) -> pd.DataFrame:
    """The rows of one answer, times in UTC."""
    answer = requests.get(
        os.environ["BITLY_BASE_URL"] + path,
        params={"access_token": "t", "rollup": "false", "timezone": "UTC", **params},
        timeout=60,
    ).json()
    frame = pd.DataFrame(next(rows for rows in answer["data"].values() if isinstance(rows, list)))
    if "dt" in frame:
        frame["time"] = pd.to_datetime(frame["dt"], unit="s")
    return frame
