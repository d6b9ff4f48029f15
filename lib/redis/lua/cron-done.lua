#!lua flags=allow-oom
-- Strikes off a slot whose job is enqueued.
-- KEYS  1 the cron prefix
-- ARGV  1 ref of the job
-- Returns 1, or 0 where that was done already
--@include base
return call('ZREM', base .. 'pending', ARGV[1])
