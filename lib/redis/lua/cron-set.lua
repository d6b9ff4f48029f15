-- Registers an entry, or changes it. While its schedule stays the same it goes on as it was; a changed one begins anew.
-- KEYS  1 the cron prefix
-- ARGV  1 name  2 definition  3 first slot or ''  4 channel that workers listen to
-- Returns 'created', 'changed', or 'kept' where the definition is the same
-- Sent again after a lost reply it finds what it wrote, and keeps it.
--@include base
--@include cron
local name, definition = ARGV[1], ARGV[2]
local old, new = call('HGET', base .. 'entries', name), rev_of(definition)
local rev = old and rev_of(old)
if rev == new then return 'kept' end
call('HSET', base .. 'entries', name, definition)
if not rev or schedule_of(rev) ~= schedule_of(new) then
  local last = call('HGET', base .. 'last', name)
  if last then call('HSET', base .. 'last', name, (string.gsub(last, ' %d+ ', ' 0 ', 1))) end
  if call('SISMEMBER', base .. 'paused', name) == 0 then put_due(name, ARGV[3], ARGV[4]) end
end
return old and 'changed' or 'created'
