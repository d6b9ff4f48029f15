#!lua flags=allow-oom
-- Ends a queue's pause, and wakes a worker.
-- KEYS  1 the queue's prefix
-- ARGV  1 flag: paused or suspended  2 channel of all workers  3 the queue's name
-- Returns 1 if it was set
--@include base
--@include place
local was = call('HDEL', base .. 'flags', ARGV[1])
if ARGV[1] == 'paused' then call('DEL', base .. 'pause') end
if call('EXISTS', base .. 'queued', base .. 'scheduled') > 0 then ring() end
call('PUBLISH', ARGV[2], 'resume ' .. ARGV[3])
return was
