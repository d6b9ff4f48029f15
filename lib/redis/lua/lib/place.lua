-- Where a job waits. A score in `queued` is its priority's band plus a sequence number, so that the order is
-- priority first, then first come, first served; the front of a band is one below its lowest.
local BAND = 2 ^ 43
local HALF = 2 ^ 42

local function count(name, by)
  if by > 0 then call('HINCRBY', base .. 'stats', name, by) end
end

-- A record lost or replaced from outside (an eviction, a DEL): there is nothing to run, and nothing to report it on.
local function write_off(id)
  count('lost', 1)
  call('HDEL', base .. 'watched', id)
  unlink(id)
end

-- Whether a job is where a set says in which jobs wait. A lost one is written off; an id may be another job's by now, which is elsewhere.
local function is_still(id, state)
  local r = read(id, 'fn', 'args', 'st')
  if r[1] or r[2] then return status_of(r[3]) == state end
  write_off(id)
end

-- An error stops a script where it stands, and what it has written stays: whether `queued` is what it should be is asked first.
local function probe()
  return call('ZCARD', base .. 'queued')
end

local function next_seq(by)
  return call('HINCRBY', base .. 'stats', 'seq', text_of(by))
end

local function front_of(band, seq)
  local lowest = call('ZRANGEBYSCORE', base .. 'queued', band - HALF, band + HALF - 1, 'WITHSCORES', 'LIMIT', 0, 1)
  return lowest[2] and tonumber(lowest[2]) - 1 or seq or band + next_seq(1)
end

-- How long a worker that was heard of counts as idle: it looks at its queues every 10 s.
local IDLE_MS = 15000

-- One token wakes one idle worker, and that worker rings again if it leaves work behind: no herd, no poll.
local function ring()
  local tokens = redis.pcall('LLEN', base .. 'bell')
  if type(tokens) == 'table' then
    -- Something else wrote to it. All has been written by now, and must be heard of.
    call('UNLINK', base .. 'bell')
    tokens = 0
  end
  if tokens == 0 then call('RPUSH', base .. 'bell', '1') end
end

local function into_queue(id, priority, front)
  local band = whole(priority, 0)
  band = (math.abs(band) <= 511 and band or 0) * BAND
  call('ZADD', base .. 'queued', front and front_of(band) or band + next_seq(1), id)
end

-- Where a claimed job stood, by the token of its claim.
local function place_of(token)
  return whole(string.match(token, ':(.+)$'), 0)
end

-- A job whose parents have all ended as it needs: it waits for its time, or for a worker.
local function set_free(id, now)
  local key = job_key(id)
  local r = call('HMGET', key, 'due', 'pr', 'front')
  local due = whole(r[1], 0)
  if due > now then
    call('HSET', key, 'st', 'scheduled')
    call('ZADD', base .. 'scheduled', text_of(due), id)
  else
    call('HDEL', key, 'st', 'due')
    call('HSET', key, 'q', now)
    into_queue(id, r[2], r[3])
  end
  ring()
end

local function promote(now)
  local due = call('ZRANGEBYSCORE', base .. 'scheduled', '-inf', text_of(now), 'LIMIT', '0', '100')
  for _, id in ipairs(due) do
    call('ZREM', base .. 'scheduled', id)
    if is_still(id, 'scheduled') then set_free(id, now) end
  end
  return #due
end

-- Jobs of one limit's key that hold a place are the members of `running:<key>`, claimed ones included; those that found none
-- stand in `limited` and in `limited:<key>`, each with its score of `queued`. A place that falls free is the first one's.
local function admit_first(limit)
  -- A lost one has no use for it. Bounded, for a tick looks again.
  for _ = 1, 10 do
    local first = call('ZPOPMIN', base .. 'limited:' .. limit, 1)
    if not first[1] then return end
    call('ZREM', base .. 'limited', first[1])
    if is_still(first[1], 'limited') then
      call('HDEL', job_key(first[1]), 'st')
      call('ZADD', base .. 'queued', first[2], first[1])
      return ring()
    end
  end
end

local function vacate(id, limit)
  call('ZREM', base .. 'limited:' .. limit, id)
  if call('SREM', base .. 'running:' .. limit, id) == 1 then admit_first(limit) end
end

-- A job that goes back before it began keeps its turn under the rate.
local function leave_limit(id, keeps_turn)
  local r = read(id, 'lk', 'lr')
  if r[1] then vacate(id, r[1]) end
  if keeps_turn and r[2] then call('HSET', job_key(id), 'lp', 1) end
end

-- A leaked place, of a job that no worker holds, is found by those that wait for one: a few are looked at. Its record was lost while it ran, or
-- what told of its limit at its end.
local function sweep(running)
  for _, id in ipairs(call('SRANDMEMBER', running, 3)) do
    local r = read(id, 'fn', 'st')
    local st = r[1] and status_of(r[2])
    local is_held = st == 'started' or (st == 'queued' and not call('ZSCORE', base .. 'queued', id))
    if not is_held then call('SREM', running, id) end
  end
end
