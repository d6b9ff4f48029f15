#!lua flags=allow-oom
-- Has the queue's scripts tell of events, for as long as somebody goes on listening.
-- KEYS  1 the queue's prefix
-- ARGV  1 ms
-- Returns 1
--@include base
call('HSET', base .. 'flags', 'tail', string.format('%.0f', clock() + ARGV[1]))
-- Of a queue that was forgotten they expire.
call('PERSIST', base .. 'flags')
return 1
