"""A page with nothing on it but a number: what no page of Streamlit can be faster than."""

import streamlit as st

st.title("Empty")
st.number_input("Units", 1, 1000, 30)
