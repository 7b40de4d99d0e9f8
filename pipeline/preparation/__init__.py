"""The steps from a picture file to the model's input; `pipeline.preprocess` puts them in order.

From the grey picture on all arithmetic is in whole numbers below 2^53, and nothing is left to a library's rounding:
web_demo/preparation/ does the same, byte for byte.
"""
