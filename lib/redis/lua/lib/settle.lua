-- One parent's word reaches one waiting child. `parents:<child>` maps each parent to a letter and a digit that says whether the child
-- goes on when that parent fails: n not yet registered there, w waits, f failed or stopped (it may be requeued); or
-- to d and the result it finished with, or e where it failed as allowed. Hearing the same twice changes nothing.
-- Answers whether the parent need not tell this child anything more.
local function settle(child, parent, outcome, payload, now, default_ttl)
  local parents = base .. 'parents:' .. child
  local state = call('HGET', parents, parent)
  local key = job_key(child)
  if not state or call('HGET', key, 'st') ~= 'deferred' then return true end
  local letter = string.sub(state, 1, 1)
  if letter == 'd' or letter == 'e' then return true end
  local allowed = string.sub(state, 2, 2)
  if outcome == 'finished' then
    call('HSET', parents, parent, 'd' .. payload)
  elseif outcome == 'failed' and allowed == '1' then
    call('HSET', parents, parent, 'e')
  elseif outcome == 'waits' then
    -- Of a registration; the parent may have failed since, and said so already.
    if letter == 'n' then call('HSET', parents, parent, 'w' .. allowed) end
    return false
  elseif outcome == 'failed' or outcome == 'stopped' then
    call('HSET', parents, parent, 'f' .. allowed)
    return false
  else
    call('ZREM', base .. 'deferred', child)
    local fate = outcome == 'gone' and 'was deleted or has expired' or 'was ' .. outcome
    cancel(child, 'its dependency ' .. parent .. ' ' .. fate, now, default_ttl)
    return true
  end
  local need = redis.pcall('HINCRBY', key, 'need', -1)
  if type(need) == 'table' then
    need = 0
    for _, word in ipairs(call('HVALS', parents)) do
      if not string.find(word, '^[de]') then need = need + 1 end
    end
    call('HSET', key, 'need', need)
  end
  if need <= 0 then
    call('HDEL', key, 'need')
    call('ZREM', base .. 'deferred', child)
    set_free(child, now)
  end
  return true
end

-- A parent's outcome as its dependents hear it, and the payload that goes with it.
local function outcome_of(parent)
  local r = read(parent, 'fn', 'st', 'res')
  if not r[1] then return 'gone', '' end
  local st = status_of(r[2])
  -- A job that was canceled with a result counts as finished for its dependents: see cancel.lua.
  if st == 'finished' or (st == 'canceled' and r[3]) then return 'finished', r[3] or '' end
  if st == 'failed' or st == 'stopped' or st == 'canceled' then return st, '' end
  return 'waits', ''
end
