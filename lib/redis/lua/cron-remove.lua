#!lua flags=allow-oom
-- Removes an entry. Jobs of it that are enqueued stay; a slot that is claimed and not enqueued yet may still become one.
-- KEYS  1 the cron prefix
-- ARGV  1 name
-- Returns 1, or 0 where there is none
--@include base
call('ZREM', base .. 'due', ARGV[1])
call('SREM', base .. 'paused', ARGV[1])
call('HDEL', base .. 'last', ARGV[1])
return call('HDEL', base .. 'entries', ARGV[1])
