-- How jobs go that nobody ends: their time is over, or their record was lost.

-- Its dependents are owed word that it is gone.
local function owe(id, now)
  if call('EXISTS', base .. 'dependents:' .. id) == 0 then return end
  call('ZADD', base .. 'outbox', now, 'deps:' .. id)
  owed[#owed + 1] = id
end

-- Forgets jobs of an ended state whose time is over, a hundred at most. Answers how many it looked at, and how many went.
local function expire(state, now)
  local over, expired = call('ZRANGEBYSCORE', base .. state, '-inf', now, 'LIMIT', 0, 100), 0
  for _, id in ipairs(over) do
    -- With an outbox entry of its own it has dependents that have not all heard of its end; release.lua removes it.
    if not call('ZSCORE', base .. 'outbox', 'deps:' .. id) then
      call('ZREM', base .. state, id)
      unlink(id)
      expired = expired + 1
      owe(id, now)
    end
  end
  return #over, expired
end
