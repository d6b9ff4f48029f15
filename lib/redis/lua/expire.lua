#!lua flags=allow-oom
-- Forgets jobs of one ended state whose time is over, a page a call.
-- KEYS  1 the queue's prefix
-- ARGV  1 state
-- Returns {expired, '1' if there may be more, owed}
--@include base
--@include place
--@include conclude
--@include lapse
local expired, more = expire(ARGV[1], clock())
return { expired, more and 1 or 0, owed }
