"""Several domains on one chart."""

import pandas as pd
import plotly.express as px
import streamlit as st
from asking import clicks

units = int(st.sidebar.number_input("Units", 1, 1000, 30))
parts = []
for domain in st.query_params.get_all("domain"):
    one = clicks("/v3/organization/clicks", units=units, unit="day", domain=domain)
    parts.append(one.assign(domain=domain))
frame = pd.concat(parts)
st.title("Compare")
st.plotly_chart(px.line(frame, x="time", y="clicks", color="domain"))
st.dataframe(frame.groupby("domain")["clicks"].agg(["sum", "mean", "max"]))
st.dataframe(frame.pivot(index="time", columns="domain", values="clicks"))
