"""AWS without botocore: what the functions use by default.

It knows four services by their JSON protocols, and only what the functions need of them. At the
first thing that it does not understand it leaves the call, and all later ones of the execution
environment, to botocore (``fallback``).
"""
