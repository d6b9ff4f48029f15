#!lua flags=allow-oom
-- Keeps an entry from firing until it is resumed. Safe to send again.
-- KEYS  1 the cron prefix
-- ARGV  1 name
-- Returns 1, or 0 where there is none
--@include base
if call('HEXISTS', base .. 'entries', ARGV[1]) == 0 then return 0 end
call('SADD', base .. 'paused', ARGV[1])
call('ZREM', base .. 'due', ARGV[1])
return 1
