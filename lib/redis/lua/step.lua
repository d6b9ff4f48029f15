#!lua flags=allow-oom
-- A worker's turn: records how k jobs ended, notes which ones began, and claims up to n more.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 lease ms  3 jobs wanted  4 '1' to begin what is claimed  5 jobs held already  6 default failure ttl
--       7 endings (redis/pack.ts), as finish.lua reads them, or ''
--       8 beginnings as JSON: id, token, ms since it began, attempt
--       9 '1' if the worker may be handed a job once nothing is left for it, '2' if it is already noted for that, else ''
--       10 and 11, if it takes only some: the lowest and the highest priority
-- Returns {stale ids or 0, jobs as one JSON list or '' (see claim.lua), ms until the next scheduled job or -1, '1' if work is left, owed or 0, '1' if a
-- job was passed over that must run alone, ms until the queue's pause is over or -2 until it is resumed or -1, 1 if only jobs are left that it does
-- not get, of other priorities or such as must run alone, else 0, the time}
--@include base
--@include flags
--@include place
--@include conclude
--@include claim
--@include failure
--@include finish
--@early clock text_of texts_of job_key read whole probe ring pause_left promote hold pop hand_plain hand_over put count expire_at conclude state_of facts_of finish
local waiting = probe()
local now = clock()
local worker, lease = ARGV[1], ARGV[2]
local want, held, default_ttl = tonumber(ARGV[3]), tonumber(ARGV[5]), ARGV[6]
local mine = base .. 'started:' .. worker
local stale = {}
-- Most queues have none, and to ask for them would cost more than to ask for that.
local flags = call('EXISTS', base .. 'flags') == 1 and call('HMGET', base .. 'flags', 'paused', 'suspended', 'tail') or {}
-- Nil unless somebody listens.
local events = flags[3] and whole(flags[3], 0) > now and {} or nil

if ARGV[7] ~= '' then
  local ended = texts_of(ARGV[7])
  stale = finish(worker, ended, now)
  if events then add_ended(events, ended, stale) end
end

local list = {}
if ARGV[8] ~= '' then
  list = cjson.decode(ARGV[8])
  for i = 1, #list, 4 do
    local id, attempt = list[i], list[i + 3]
    if call('HGET', mine, id) == list[i + 1] then
      put(job_key(id), 'st', 'started', 'on', now - list[i + 2], 'w', worker)
      if attempt > 1 then call('HSET', job_key(id), 'n', attempt) end
    else
      stale[#stale + 1] = id
    end
  end
end

local jobs, due, left, alone, others = '', -1, 0, false, 0
local paused = want > 0 and pause_left(flags, now) or -1
-- A paused queue neither promotes, claims nor rings: whoever asked sleeps until it is resumed, which rings.
if want > 0 and paused == -1 then
  local function next_due()
    return call('ZRANGE', base .. 'scheduled', '0', '0', 'WITHSCORES')
  end
  local first = next_due()
  if first[2] and tonumber(first[2]) <= now then
    promote(now)
    first = nil
  end
  local low, high, stuck
  if ARGV[10] then low, high = edges(ARGV[10], ARGV[11]) end
  local popped, first_place
  if low then popped = pop_between(low, high, want) else popped, first_place = pop(want, waiting) end
  if #popped > 0 then
    -- The lease stands before the worker holds anything under it.
    call('ZADD', base .. 'workers', 'GT', text_of(now + lease), worker)
    jobs, alone, stuck = hand_over(worker, popped, first_place, now, ARGV[4] == '1', held, default_ttl, low or '-inf', high or '+inf')
  end
  left = (#popped > 0 or low) and call('ZCARD', base .. 'queued') > 0 and 1 or 0
  -- A token that told of jobs for others goes on to them.
  if left == 1 then ring() end
  if left == 1 and stuck then left, others = 0, 1 end
  if low and left == 1 and call('ZCOUNT', base .. 'queued', low, high) == 0 then left, others = 0, 1 end
  if ARGV[9] ~= '' and #popped == 0 and left == 0 then
    call('ZADD', base .. 'idle', text_of(now), lease .. ':' .. worker)
  elseif ARGV[9] == '2' then
    call('ZREM', base .. 'idle', lease .. ':' .. worker)
  end
  if #popped < (first_place and 1 or 2) * want then
    -- A claim may have put off some, for their turn under a rate.
    if #popped > 0 or not first then first = next_due() end
    if first[2] then due = math.max(0, tonumber(first[2]) - now) end
  end
end
if events then
  add_started(events, list, 4, stale)
  if ARGV[4] == '1' and jobs ~= '' then add_started(events, cjson.decode(jobs), 4, stale) end
  publish(now, events)
end
return { #stale > 0 and stale or 0, jobs, due, left, #owed > 0 and owed or 0, alone and 1 or 0, paused, others, now }
