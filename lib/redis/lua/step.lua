-- A worker's turn: records how k jobs ended, notes which ones began, and claims up to n more.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 lease ms  3 number of endings  4 number of beginnings  5 jobs wanted  6 '1' to begin what is claimed
--       7 jobs held already  8 default failure ttl
--       then 9 an ending: id, token, kind, ms since it ended, ms it ran, attempt, payload, ttl or delay, aux
--       then 4 a beginning: id, token, ms since it began, attempt
-- Returns {stale ids, jobs (3 values each, see claim.lua), ms until the next scheduled job or -1, '1' if work is left, owed, '1' if a
-- job waits to run alone}
-- An ending counts only while the worker's claim stands: its lease may have run out and another worker taken over.
--@include base
--@include place
--@include conclude
--@include claim
local now = clock()
local worker, lease = ARGV[1], tonumber(ARGV[2])
local endings, beginnings, want = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local held, default_ttl = tonumber(ARGV[7]), ARGV[8]
local mine = base .. 'started:' .. worker
local stale = {}

local function column(first, stride, number)
  local ids = {}
  for i = 1, number do ids[i] = ARGV[first + (i - 1) * stride] end
  return ids
end

local function is_there(id)
  local r = read(id, 'fn', 'args')
  return r[1] or r[2]
end

if endings > 0 then
  local ids = column(9, 9, endings)
  local tokens = call('HMGET', mine, unpack(ids))
  local watched = call('EXISTS', base .. 'watched') == 1 and call('HMGET', base .. 'watched', unpack(ids))
  local done, finished, failed, stopped, queued = {}, {}, {}, {}, {}
  local retried, lost = 0, 0
  for i, id in ipairs(ids) do
    local a = 9 + (i - 1) * 9
    local kind, token = ARGV[a + 2], ARGV[a + 1]
    if not tokens[i] or (token ~= tokens[i] and token ~= '*') then
      stale[#stale + 1] = id
    else
      done[#done + 1] = id
      local key = job_key(id)
      local ended = now - ARGV[a + 3]
      local started = ended - ARGV[a + 4]
      local attempt, payload, ttl = tonumber(ARGV[a + 5]), ARGV[a + 6], tonumber(ARGV[a + 7])
      local aux = ARGV[a + 8] == '1'
      local watch = watched and watched[i]
      if kind == 'F' then
        if ttl ~= 0 or watch then
          put(key, 'st', 'finished', 'on', started, 'end', ended, 'w', worker, 'res', payload)
          if attempt > 1 then call('HSET', key, 'n', attempt) end
        end
        local score = conclude(id, 'finished', now, ttl, aux, watch, payload)
        local n = #finished
        finished[n + 1] = score
        finished[n + 2] = score and id
      elseif kind == 'X' or kind == 'S' then
        local status = kind == 'X' and 'failed' or 'stopped'
        put(key, 'st', status, 'on', started, 'end', ended, 'w', worker, 'err', payload)
        if attempt > 1 then call('HSET', key, 'n', attempt) end
        local score = conclude(id, status, now, ttl, aux, watch, payload)
        local set = kind == 'X' and failed or stopped
        set.count = (set.count or 0) + 1
        local n = #set
        set[n + 1] = score
        set[n + 2] = score and id
      elseif not is_there(id) then
        lost = lost + 1
        write_off(id)
      elseif kind == 'R' then
        retried = retried + 1
        keep_run(id, attempt, worker, started, ended, 'failed', payload)
        call('HSET', key, 'n', attempt)
        call('HDEL', key, 'st', 'on', 'w')
        if ttl > 0 then
          call('HSET', key, 'st', 'scheduled', 'due', now + ttl)
          call('ZADD', base .. 'scheduled', now + ttl, id)
        else
          call('HSET', key, 'q', now)
          into_queue(id, call('HGET', key, 'pr'), false)
        end
      else
        -- Given back: where it stood, its attempt uncounted. `A` also marks it to run alone from now on.
        if kind == 'A' then call('HSET', key, 'al', 1) end
        if call('HGET', key, 'st') == 'started' then
          local counted = tonumber(call('HGET', key, 'n')) or 1
          call('HDEL', key, 'st', 'on', 'w')
          if counted > 1 then call('HSET', key, 'n', counted - 1) else call('HDEL', key, 'n') end
        end
        local n = #queued
        queued[n + 1] = string.match(tokens[i], ':(.+)$')
        queued[n + 2] = id
      end
    end
  end
  if #done > 0 then call('HDEL', mine, unpack(done)) end
  if #finished > 0 then call('ZADD', base .. 'finished', unpack(finished)) end
  if #failed > 0 then call('ZADD', base .. 'failed', unpack(failed)) end
  if #stopped > 0 then call('ZADD', base .. 'stopped', unpack(stopped)) end
  if #queued > 0 then call('ZADD', base .. 'queued', unpack(queued)) end
  count('finished', #done - #queued / 2 - retried - lost - (failed.count or 0) - (stopped.count or 0))
  count('failed', failed.count or 0)
  count('stopped', stopped.count or 0)
  count('retried', retried)
  if #queued > 0 or retried > 0 then ring() end
end

for i = 1, beginnings do
  local a = 9 + endings * 9 + (i - 1) * 4
  local id = ARGV[a]
  if call('HGET', mine, id) == ARGV[a + 1] then
    put(job_key(id), 'st', 'started', 'on', now - ARGV[a + 2], 'w', worker)
    if tonumber(ARGV[a + 3]) > 1 then call('HSET', job_key(id), 'n', ARGV[a + 3]) end
  else
    stale[#stale + 1] = id
  end
end

local jobs, due, left, alone = {}, -1, 0, false
if want > 0 then
  promote(now)
  local popped = call('ZPOPMIN', base .. 'queued', want)
  if #popped > 0 then
    -- The lease stands before the worker holds anything under it.
    call('ZADD', base .. 'workers', 'GT', now + lease, worker)
    jobs, alone = hand_over(worker, popped, now, ARGV[6] == '1', held, default_ttl)
  end
  left = call('ZCARD', base .. 'queued') > 0 and 1 or 0
  if left == 1 then ring() end
  if #popped < 2 * want then
    local first = call('ZRANGE', base .. 'scheduled', 0, 0, 'WITHSCORES')
    if first[2] then due = math.max(0, tonumber(first[2]) - now) end
  end
end
return { stale, jobs, due, left, owed, alone and 1 or 0 }
