-- Makes a group.
-- KEYS  1 the group's prefix
-- ARGV  1 JSON of its callback or ''  2 ms that it is kept
-- Returns 1, or 0 where it is there already
--@include base
--@include group
if call('EXISTS', info) == 1 then return 0 end
call('HSET', info, 'created', clock())
if ARGV[1] ~= '' then call('HSET', info, 'callback', ARGV[1]) end
keep(ARGV[2])
return 1
