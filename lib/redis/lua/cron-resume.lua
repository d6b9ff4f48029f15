-- Lets a paused entry fire again, from the slot given. Safe to send again: one that is not paused is left as it is.
-- KEYS  1 the cron prefix
-- ARGV  1 name  2 revision that the slot was computed from  3 next slot or ''  4 channel that workers listen to
-- Returns 1; 0 where there is none; -1 where it was changed meanwhile, and the slot must be computed anew
--@include base
--@include cron
local definition = call('HGET', base .. 'entries', ARGV[1])
if not definition then return 0 end
if rev_of(definition) ~= ARGV[2] then return -1 end
if call('SREM', base .. 'paused', ARGV[1]) == 1 then put_due(ARGV[1], ARGV[3], ARGV[4]) end
return 1
