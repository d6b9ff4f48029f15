-- Makes a group. Safe to send again: the call that made it is known.
-- KEYS  1 the group's prefix
-- ARGV  1 JSON of its callback or ''  2 ms that it is kept  3 name of this call
-- Returns 1, or 0 where another call has made it
--@include base
--@include group
if call('EXISTS', info) == 1 then return call('HGET', info, 'maker') == ARGV[3] and 1 or 0 end
call('HSET', info, 'created', clock(), 'maker', ARGV[3])
if ARGV[1] ~= '' then call('HSET', info, 'callback', ARGV[1]) end
keep(ARGV[2])
return 1
