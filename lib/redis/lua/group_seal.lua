#!lua flags=allow-oom
-- No more jobs come.
-- KEYS  1 the group's prefix
-- ARGV  none
-- Returns {exists, '1' if it is done and not announced, its callback or ''}
--@include base
--@include group
if call('EXISTS', info) == 0 then return { 0, 0, '' } end
call('HSET', info, 'sealed', 1)
local c = completion()
return { 1, c[1], c[2] }
