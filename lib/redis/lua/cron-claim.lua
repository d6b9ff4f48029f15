-- Takes a slot that is due, for one worker of all that want it, and moves the entry on to its next one.
-- KEYS  1 the cron prefix
-- ARGV  1 name  2 the slot that is due  3 revision that this was decided by  4 next slot or ''
--       5 ref of the job that the caller enqueues then, or '' where it gets none  6 the slot that the job is for
--       7 how many earlier slots to remember
-- Returns 1; 0 where the slot is not there to be taken (any more); -1 where the entry was changed meanwhile
-- After a crash of the caller, or a lost reply, the job stands in `pending`, and any worker enqueues it, by the same id.
--@include base
--@include cron
local name, slot, ref = ARGV[1], tonumber(ARGV[2]), ARGV[5]
local now = clock()
if tonumber(call('ZSCORE', base .. 'due', name) or -1) ~= slot or now < slot then return 0 end
local definition = call('HGET', base .. 'entries', name)
if not definition or rev_of(definition) ~= ARGV[3] then return -1 end
if ref ~= '' then
  -- First, so that a server out of memory refuses the whole.
  call('ZADD', base .. 'pending', now, ref)
  local fired, runs, rest = string.match(call('HGET', base .. 'last', name) or '', '^(%d+) (%d+) %S+(.*)$')
  local last = { ARGV[6], string.format('%.0f', tonumber(runs or 0) + 1), ref }
  for earlier in string.gmatch((fired or '') .. (rest or ''), '%S+') do
    if #last < 3 + ARGV[7] then last[#last + 1] = earlier end
  end
  call('HSET', base .. 'last', name, table.concat(last, ' '))
end
put_due(name, ARGV[4])
return 1
