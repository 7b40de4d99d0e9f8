"""The web demo: assembled from web_demo/ and exports/ into a folder for any static host, and served on this machine."""
