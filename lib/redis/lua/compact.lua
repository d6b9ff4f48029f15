#!lua flags=allow-oom
-- Drops ids from a state in which jobs wait whose record was lost from outside, of a hundred looked at a call.
-- KEYS  1 the queue's prefix
-- ARGV  1 state  2 the place in it to begin at
-- Returns {ids looked at, ids dropped, owed}
--@include base
--@include place
--@include conclude
--@include lapse
local now = clock()
local ids = call('ZRANGE', base .. ARGV[1], ARGV[2], ARGV[2] + 99)
local dropped = 0
for _, id in ipairs(ids) do
  local r = read(id, 'fn', 'args')
  if not (r[1] or r[2]) then
    call('ZREM', base .. ARGV[1], id)
    write_off(id)
    tell_dependents(id, now)
    dropped = dropped + 1
  end
end
return { #ids, dropped, owed }
