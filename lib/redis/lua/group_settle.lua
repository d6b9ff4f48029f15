#!lua flags=allow-oom
-- Notes how a member has ended. Told twice it changes nothing; another outcome, of a job that was requeued, replaces the first.
-- KEYS  1 the group's prefix
-- ARGV  1 job@queue  2 outcome  3 '1' where an outcome that is known already stands: of one who only looks on
-- Returns {'1' if the group is done and not announced, its callback or ''}
--@include base
--@include group
local member, outcome = ARGV[1], ARGV[2]
if not call('ZSCORE', base .. 'members', member) then return { 0, '' } end
local before = call('HGET', base .. 'outcomes', member)
if before ~= outcome and not (before and ARGV[3] == '1') then
  if before then
    call('HINCRBY', info, before, -1)
  else
    call('HINCRBY', info, 'ended', 1)
    call('SREM', base .. 'open', member)
  end
  call('HINCRBY', info, outcome, 1)
  call('HSET', base .. 'outcomes', member, outcome)
  local left = call('PTTL', info)
  if left > 0 then call('PEXPIRE', base .. 'outcomes', left) end
end
return completion()
