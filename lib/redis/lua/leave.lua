#!lua flags=allow-oom
-- Ends a worker's lease at once: nothing is held by it, or others may take it over without waiting.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 its lease ms
-- Returns 1
--@include base
if call('EXISTS', base .. 'started:' .. ARGV[1]) == 1 then
  call('ZADD', base .. 'workers', 0, ARGV[1])
else
  call('ZREM', base .. 'workers', ARGV[1])
end
call('ZREM', base .. 'idle', ARGV[2] .. ':' .. ARGV[1])
-- A token that this worker took from the bell may be the one that stood for work still waiting.
if call('EXISTS', base .. 'queued') == 1 and call('LLEN', base .. 'bell') == 0 then call('RPUSH', base .. 'bell', 1) end
return 1
