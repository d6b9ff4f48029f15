#!lua flags=allow-oom
-- One queue's upkeep that needs nothing from outside: promotes what is due, forgets ended jobs whose time is over.
-- KEYS  1 the queue's prefix
-- ARGV  none
-- Returns {promoted, expired, '1' if there may be more, owed}
--@include base
--@include place
--@include conclude
local now = clock()
local promoted, expired, more = promote(now), 0, 0
for _, state in ipairs(ENDED) do
  local over = call('ZRANGEBYSCORE', base .. state, '-inf', now, 'LIMIT', 0, 100)
  if #over == 100 then more = 1 end
  for _, id in ipairs(over) do
    -- While not all have heard of its end it stays; let_expire removes it.
    if not is_owing(id) then
      call('ZREM', base .. state, id)
      unlink(id)
      expired = expired + 1
      if call('EXISTS', base .. 'dependents:' .. id) == 1 then
        owe('deps:' .. id, now)
      end
    end
  end
end
if promoted == 100 then more = 1 end
return { promoted, expired, more, owed }
