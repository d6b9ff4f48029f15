#!lua flags=allow-oom
-- One queue's upkeep that needs nothing from outside: promotes what is due, forgets ended jobs whose time is over.
-- KEYS  1 the queue's prefix
-- ARGV  none
-- Returns {promoted, expired, '1' if there may be more, owed}
--@include base
--@include place
local now = clock()
local promoted, expired, more = promote(now), 0, 0
for _, state in ipairs({ 'finished', 'failed', 'stopped', 'canceled' }) do
  local over = call('ZRANGEBYSCORE', base .. state, '-inf', now, 'LIMIT', 0, 100)
  if #over == 100 then more = 1 end
  for _, id in ipairs(over) do
    -- With an outbox entry of its own it has dependents that have not all heard of its end; release.lua removes it.
    if not call('ZSCORE', base .. 'outbox', 'deps:' .. id) then
      call('ZREM', base .. state, id)
      unlink(id)
      expired = expired + 1
      if call('EXISTS', base .. 'dependents:' .. id) == 1 then
        call('ZADD', base .. 'outbox', now, 'deps:' .. id)
        owed[#owed + 1] = id
      end
    end
  end
end
if promoted == 100 then more = 1 end
return { promoted, expired, more, owed }
