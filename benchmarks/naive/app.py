"""What most people would write in an afternoon: an organization's clicks.

Honest and readable, and asked as the product asks, by the same server; it knows nothing of zones
that change, of what is not known, or of limits.
"""

import pandas as pd
import plotly.express as px
import streamlit as st
from asking import clicks

units = int(st.sidebar.number_input("Units", 1, 1000, 30))
unit = st.sidebar.selectbox("Unit", ["hour", "day", "week", "month"], index=1)
frame = clicks("/v3/organization/clicks", units=units, unit=unit)
st.title("Clicks")
total, mean, best = st.columns(3)
total.metric("Total clicks", f"{frame['clicks'].sum():,}")
mean.metric("Average", f"{frame['clicks'].mean():,.1f}")
best.metric("Best", f"{frame['clicks'].max():,}")
st.plotly_chart(px.line(frame, x="time", y="clicks"))
links = pd.DataFrame(clicks("/v3/organization/popular_links", units=units, unit=unit))
st.dataframe(links)
st.dataframe(frame)
