-- What a job has besides its record ends with it: its unique key, its place under a limit. Answers whether callbacks, webhooks
-- or a group are to hear of its end.
local function let_go(id)
  local r = read(id, 'uq', 'lk', 'fx')
  if r[1] and redis.pcall('GET', base .. 'unique:' .. r[1]) == id then call('DEL', base .. 'unique:' .. r[1]) end
  if r[2] then vacate(id, r[2]) end
  return r[3]
end

-- What follows when a job ends, whatever the outcome: those who wait are told, others are owed word of it, and its
-- record gets its time to live. `ttl` in ms, -1 for ever. Answers the score for its state's set, nil when nothing is kept.
local function conclude(id, status, now, ttl, aux, watch, payload)
  local owes = false
  if watch then
    call('HDEL', base .. 'watched', id)
    for token in string.gmatch(watch, '[^,]+') do
      if token == '+' then
        owe('deps:' .. id, now)
        owes = true
      elseif token == '!' then
        if let_go(id) and status ~= 'deleted' then
          owe('fx:' .. id, now)
          owes = true
        end
      else
        -- Whose name is no channel of ours may be forbidden by the server's rules.
        redis.pcall('PUBLISH', token, id .. '@' .. string.match(base, '{(.*)}') .. '\n' .. status .. '\n' .. payload)
      end
    end
  end
  -- The record stays without expiry until all have been served from it (let_expire).
  if owes then return ttl < 0 and '+inf' or text_of(now + ttl) end
  if ttl == 0 then
    unlink(id)
    return nil
  end
  if ttl < 0 then return '+inf' end
  local at = text_of(now + ttl)
  expire_at(id, at, aux)
  return at
end

local ENDED = { 'finished', 'failed', 'stopped', 'canceled' }

local function is_owing(id)
  return call('ZSCORE', base .. 'outbox', 'deps:' .. id) or call('ZSCORE', base .. 'outbox', 'fx:' .. id)
end

-- Once all that an ended job owed has been delivered its record may go, if its time to live is over or had been none. One that is
-- lost goes with its time.
local function let_expire(id, now)
  if is_owing(id) then return end
  local r = read(id, 'fn', 'st')
  local st = r[1] and status_of(r[2])
  for _, state in ipairs(ENDED) do
    local score = state == st and call('ZSCORE', base .. state, id)
    if score and tonumber(score) <= now and call('EXISTS', base .. 'dependents:' .. id) == 0 then
      call('ZREM', base .. state, id)
      unlink(id)
    elseif score and score ~= 'inf' then
      expire_at(id, score, true)
    end
  end
end

-- A run that is over but not the last one: kept with the job, the latest last, ten with the one to come.
local function keep_run(id, n, worker, started, ended, outcome, err, result)
  local key = base .. 'runs:' .. id
  local more = err and err ~= '' and ',"error":' .. err or ''
  if result then more = ',"result":' .. cjson.encode(result) end
  call('RPUSH', key, string.format('{"attempt":%d,"worker":%s,"startedAt":%.0f,"endedAt":%.0f,"outcome":"%s"',
    n, cjson.encode(worker), started, ended, outcome) .. more .. '}')
  call('LTRIM', key, -9, -1)
  call('HSET', job_key(id), 'aux', 1)
end

local function ttl_of(key, name, default)
  local ok, opts = pcall(cjson.decode, call('HGET', key, 'opts') or '{}')
  local set = ok and type(opts) == 'table' and opts[name]
  if set == cjson.null then return -1 end
  return math.max(-1, whole(set, tonumber(default)))
end

-- Writes to a record that something else may have replaced by another type: an error here would stop the script
-- halfway, with the jobs after this one neither held nor ended.
local function put(key, ...)
  local reply = redis.pcall('HSET', key, ...)
  if type(reply) == 'table' and reply.err then
    call('UNLINK', key)
    call('HSET', key, ...)
  end
end

-- Ends a job that no worker runs. The caller has taken it out of the state it was in.
local function cancel(id, why, now, default_ttl)
  local key = job_key(id)
  call('HSET', key, 'st', 'canceled', 'end', now, 'why', why)
  local score = conclude(id, 'canceled', now, ttl_of(key, 'failureTtlMs', default_ttl), true,
    call('HGET', base .. 'watched', id), why)
  if score then call('ZADD', base .. 'canceled', score, id) end
  count('canceled', 1)
end
