"""Puts values on the page, and knows nothing else: a value in, Streamlit elements out."""
