#!lua flags=allow-oom
-- Puts a child of another queue among a parent's dependents, unless the parent's end has settled the matter.
-- KEYS  1 the parent's queue prefix
-- ARGV  1 parent id  2 child's ref
-- Returns {outcome, payload}: waits, finished, failed, stopped, canceled or gone
--@include base
--@include place
--@include conclude
--@include settle
local outcome, payload = outcome_of(ARGV[1])
if outcome == 'waits' or outcome == 'failed' or outcome == 'stopped' then
  local key = base .. 'dependents:' .. ARGV[1]
  call('ZADD', key, 'NX', next_seq(1), ARGV[2])
end
if outcome == 'waits' then
  local watch = call('HGET', base .. 'watched', ARGV[1])
  if not watch or not string.find(watch, '+', 1, true) then
    call('HSET', base .. 'watched', ARGV[1], '+,' .. (watch or ''))
  end
end
return { outcome, payload }
