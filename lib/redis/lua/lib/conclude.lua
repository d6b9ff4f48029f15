-- What follows when a job ends, whatever the outcome: those who wait are told, its dependents are owed word of it, and its
-- record gets its time to live. `ttl` in ms, -1 for ever. Answers the score for its state's set, nil when nothing is kept.
local function conclude(id, status, now, ttl, aux, watch, payload)
  local dependents = false
  if watch then
    call('HDEL', base .. 'watched', id)
    for token in string.gmatch(watch, '[^,]+') do
      if token == '+' then
        dependents = true
      else
        call('PUBLISH', token, id .. '@' .. string.match(base, '{(.*)}') .. '\n' .. status .. '\n' .. payload)
      end
    end
  end
  if dependents then
    -- The record stays without expiry until its dependents have been served from it (release.lua).
    call('ZADD', base .. 'outbox', now, 'deps:' .. id)
    owed[#owed + 1] = id
    return ttl < 0 and '+inf' or now + ttl
  end
  if ttl == 0 then
    unlink(id)
    return nil
  end
  if ttl < 0 then return '+inf' end
  expire_at(id, now + ttl, aux)
  return now + ttl
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
  return tonumber(set) or tonumber(default)
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

local function count(name, by)
  if by > 0 then call('HINCRBY', base .. 'stats', name, by) end
end

-- A record lost or replaced from outside (an eviction, a DEL): there is nothing to run, and nothing to report it on.
local function write_off(id)
  count('lost', 1)
  call('HDEL', base .. 'watched', id)
  unlink(id)
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
