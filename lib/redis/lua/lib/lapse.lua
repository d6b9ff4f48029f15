-- How jobs go that nobody ends: their time is over, or their record was lost.

-- Its dependents are owed word that it is gone.
local function tell_dependents(id, now)
  if call('EXISTS', base .. 'dependents:' .. id) == 1 then owe('deps:' .. id, now) end
end

-- Nearly all, where jobs are many: their records went by themselves, and nothing else is owed or listed. All of them go together, for where
-- thousands end in a second as many are over, and each of them one by one would cost more than to run it.
local function expire_plain(state, ids)
  local records, dependents, beside = {}, {}, {}
  for i = 1, #ids do
    local id = ids[i]
    records[i], dependents[i] = job_key(id), base .. 'dependents:' .. id
    for _, name in ipairs({ 'runs:', 'parents:', 'log:', 'steps:', 'told:' }) do beside[#beside + 1] = base .. name .. id end
  end
  if call('EXISTS', base .. 'indexed', base .. 'outbox', unpack(records)) > 0 or call('EXISTS', unpack(dependents)) > 0 then return false end
  call('ZREM', base .. state, unpack(ids))
  call('UNLINK', unpack(beside))
  return true
end

-- Forgets jobs of an ended state whose time is over: a page of them at once, or some that ask for more. An id may be another job's by now, which is
-- elsewhere. Answers how many went, and whether there may be more.
local function expire(state, now)
  local expired, stay, taken = 0, 0, 0
  repeat
    -- Those that stay stand before the others.
    local over = call('ZRANGEBYSCORE', base .. state, '-inf', text_of(now), 'LIMIT', text_of(stay), '250')
    if #over == 0 then return expired, false end
    if expire_plain(state, over) then return #over, #over == 250 end
    for i = 1, math.min(#over, 100) do
      local id = over[i]
      -- While not all have heard of its end it stays; let_expire removes it.
      if is_owing(id) then
        stay = stay + 1
      else
        call('ZREM', base .. state, id)
        taken = taken + 1
        local r = read(id, 'fn', 'st')
        if not r[1] or status_of(r[2]) == state then
          unlink(id)
          expired = expired + 1
          tell_dependents(id, now)
        end
      end
    end
    if #over <= 100 then return expired, false end
  until taken > 0 or stay >= 1000
  return expired, taken > 0
end

-- Where the last place of a key leaked nobody is left to give it up: some of those that wait are looked at in their turn.
local function admit_stranded(now)
  for _, id in ipairs(call('ZRANDMEMBER', base .. 'limited', 20)) do
    local r = read(id, 'lk', 'lc')
    if not is_still(id, 'limited') then
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
