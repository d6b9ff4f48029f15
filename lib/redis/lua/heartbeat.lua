#!lua flags=allow-oom
-- Prolongs a worker's lease on all that it holds of a queue, and tells what that is.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 lease ms
-- Returns the ids that it holds
--@include base
call('ZADD', base .. 'workers', clock() + ARGV[2], ARGV[1])
return call('HKEYS', base .. 'started:' .. ARGV[1])
