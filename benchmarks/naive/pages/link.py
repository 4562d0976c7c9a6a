"""The clicks of one link."""

import plotly.express as px
import streamlit as st
from asking import clicks

units = int(st.sidebar.number_input("Units", 1, 1000, 30))
frame = clicks("/v3/link/clicks", units=units, unit="day", link=st.query_params["link"])
st.title("Link")
total, mean, best = st.columns(3)
total.metric("Total clicks", f"{frame['clicks'].sum():,}")
mean.metric("Average", f"{frame['clicks'].mean():,.1f}")
best.metric("Best", f"{frame['clicks'].max():,}")
st.plotly_chart(px.line(frame, x="time", y="clicks"))
st.dataframe(frame)
