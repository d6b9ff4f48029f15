-- How jobs go that nobody ends: their time is over, or their record was lost.

-- Its dependents are owed word that it is gone.
local function tell_dependents(id, now)
  if call('EXISTS', base .. 'dependents:' .. id) == 1 then owe('deps:' .. id, now) end
end

-- Forgets jobs of an ended state whose time is over, a hundred at most. Answers how many it looked at, and how many went.
local function expire(state, now)
  local over, expired = call('ZRANGEBYSCORE', base .. state, '-inf', now, 'LIMIT', 0, 100), 0
  for _, id in ipairs(over) do
    -- While not all have heard of its end it stays; let_expire removes it.
    if not is_owing(id) then
      call('ZREM', base .. state, id)
      unlink(id)
      expired = expired + 1
      tell_dependents(id, now)
    end
  end
  return #over, expired
end

-- Where the last place of a key leaked nobody is left to give it up: some of those that wait are looked at in their turn.
local function admit_stranded(now)
  for _, id in ipairs(call('ZRANDMEMBER', base .. 'limited', 20)) do
    local r = read(id, 'lk', 'lc', 'fn')
    if not r[3] then
      call('ZREM', base .. 'limited', id)
    elseif not r[1] then
      call('ZREM', base .. 'limited', id)
      set_free(id, now)
    else
      local running, places = base .. 'running:' .. r[1], whole(r[2], 1)
      if call('SCARD', running) >= places then sweep(running) end
      if call('SCARD', running) < places then admit_first(r[1]) end
    end
  end
end
