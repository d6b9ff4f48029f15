#!lua flags=allow-oom
-- Strikes off a group whose callback has been enqueued, or that has none: from now on it only waits for its time to be over.
-- KEYS  1 the group's prefix
-- ARGV  1 ms that it is kept
-- Returns 1, or 0 where it is gone
--@include base
--@include group
if call('EXISTS', info) == 0 then return 0 end
call('HSET', info, 'announced', 1)
keep(ARGV[1])
return 1
