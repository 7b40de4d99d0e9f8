"""The commands: each turns options into calls and prints. A new one is one function and one entry in cli.py.

Heavy modules are imported inside the commands, so that --help answers at once.
"""
