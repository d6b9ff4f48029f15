def noop(payload):
    return 1
