-- What only some new jobs have: parents, a unique key, a limit, a time.

-- Judges parents in this queue now; those elsewhere are registered by the caller, who is reminded by the outbox.
local function judge(rest)
  local need, canceled, foreign, fields = 0, nil, false, {}
  for _, p in ipairs(rest.parents) do
    local outcome, payload = 'new', ''
    if p.here then
      outcome, payload = outcome_of(p.id)
      if outcome == 'gone' then return nil, p.ref end
    else
      foreign = true
    end
    local value = 'w' .. p.allow
    if outcome == 'new' then
      value = 'n' .. p.allow
    elseif outcome == 'finished' then
      value = 'd' .. payload
    elseif outcome == 'failed' and p.allow == 1 then
      value = 'e'
    elseif outcome == 'failed' or outcome == 'stopped' then
      value = 'f' .. p.allow
    end
    local letter = string.sub(value, 1, 1)
    if outcome == 'canceled' then
      canceled = p.ref
      letter = 'c'
    end
    if letter ~= 'd' and letter ~= 'e' then need = need + 1 end
    p.letter = letter
    fields[#fields + 1] = p.ref
    fields[#fields + 1] = value
  end
  return { need = need, canceled = canceled, foreign = foreign, fields = fields }
end

local ALIVE = { queued = true, scheduled = true, deferred = true, limited = true, started = true }

-- The job that has a unique key, and its state. Without a time of its own the key is free once that job has ended.
local function holder_of(unique)
  local lock = call('GET', base .. 'unique:' .. unique.key)
  if not lock then return nil end
  local other = string.gsub(lock, '^=', '')
  local r = read(other, 'fn', 'st')
  local st = r[1] and status_of(r[2])
  if ALIVE[st] or lock ~= other then return other, st end
end

-- Takes a unique key. Answers the job that keeps it instead, as one does that the new job depends on.
local function contend(id, unique, parents, now, default_ttl)
  local other, st = holder_of(unique)
  if other and other ~= id then
    if unique.mode == 'reject' then return other end
    if unique.mode == 'existing' and st then return other end
    for _, p in ipairs(parents) do
      if p.here and p.id == other then return other end
    end
    -- One that a worker has claimed runs to its end.
    if unique.mode == 'replace' and ALIVE[st] and st ~= 'started' and call('ZREM', base .. st, other) == 1 then
      cancel(other, 'replaced by job ' .. id, now, default_ttl)
    end
  end
  if unique.ms then
    call('SET', base .. 'unique:' .. unique.key, '=' .. id, 'PX', unique.ms)
  else
    call('SET', base .. 'unique:' .. unique.key, id)
  end
end

-- An id that is free again may still stand where the job stood that had it, whose time is over or whose record was lost: a tick would take
-- the new one for that. Who waits for a job of this id hears of the new one.
local function take_over(id)
  local is_left = false
  for _, state in ipairs({ 'queued', 'scheduled', 'deferred', 'limited', unpack(ENDED) }) do
    is_left = try('ZREM', base .. state, id) == 1 or is_left
  end
  if is_left then unlink(id) end
end

-- Writes down what only some jobs have. Answers whether the job is ready to run.
local function store(id, key, rest, verdict, holder, now, default_ttl)
  local function set(name, value)
    if value then call('HSET', key, name, value) end
  end
  set('pr', rest.priority)
  set('front', rest.front)
  set('meta', rest.meta)
  set('x', rest.x or rest.ttl and now + rest.ttl)
  set('uq', rest.unique and rest.unique.key)
  set('lk', rest.limit)
  set('lc', rest.concurrency)
  set('lr', rest.rate)
  set('fx', rest.fx)
  set('sg', rest.sig)
  for _, tag in ipairs(rest.tags or {}) do pcall(enter_index, id, 'tag:' .. tag, now) end
  local watch = (rest.unique or rest.limit or rest.fx) and '!'
  if rest.own and call('EXISTS', base .. 'dependents:' .. id) == 1 then watch = '+,' .. (watch or '') end
  if watch then call('HSET', base .. 'watched', id, watch) end
  local due = rest.due or rest.delay and now + rest.delay
  set('due', due)
  if verdict then
    -- Lua hands over some thousands of arguments at most.
    for first = 1, #verdict.fields, 1000 do
      call('HSET', base .. 'parents:' .. id, unpack(verdict.fields, first, math.min(first + 999, #verdict.fields)))
    end
    call('HSET', key, 'aux', 1)
    if verdict.need > 0 then
      call('HSET', key, 'st', 'deferred', 'need', verdict.need)
      call('ZADD', base .. 'deferred', now, id)
      for _, p in ipairs(rest.parents) do
        if p.here and (p.letter == 'w' or p.letter == 'f') then
          call('ZADD', base .. 'dependents:' .. p.id, next_seq(1), id .. '@' .. rest.queue)
          -- A failed parent is watched again when it is requeued.
          if p.letter == 'w' then
            local watch = call('HGET', base .. 'watched', p.id)
            if not watch or not string.find(watch, '+', 1, true) then
              call('HSET', base .. 'watched', p.id, '+,' .. (watch or ''))
            end
          end
        end
      end
      if verdict.canceled then
        call('ZREM', base .. 'deferred', id)
        cancel(id, 'its dependency ' .. verdict.canceled .. ' was canceled', now, default_ttl)
      elseif verdict.foreign then
        call('ZADD', base .. 'outbox', now + 5000, 'reg:' .. id)
      end
      return false
    end
  end
  if due and due > now and holder == '' then
    call('HSET', key, 'st', 'scheduled')
    call('ZADD', base .. 'scheduled', due, id)
    local first = call('ZRANGE', base .. 'scheduled', 0, 0)
    if first[1] == id then ring() end
    return false
  end
  if due then call('HDEL', key, 'due') end
  return true
end
