#!lua flags=allow-oom
-- A worker's turn: records how k jobs ended, notes which ones began, and claims up to n more.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 lease ms  3 number of endings  4 number of beginnings  5 jobs wanted  6 '1' to begin what is claimed
--       7 jobs held already  8 default failure ttl
--       then 4 an ending: id, token, facts (finish.lua), payload
--       then 4 a beginning: id, token, ms since it began, attempt
-- Returns {stale ids, jobs (5 values each, see claim.lua), ms until the next scheduled job or -1, '1' if work is left, owed, '1' if a
-- job waits to run alone}
--@include base
--@include place
--@include conclude
--@include claim
--@include finish
local now = clock()
local worker, lease = ARGV[1], tonumber(ARGV[2])
local endings, beginnings, want = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local held, default_ttl = tonumber(ARGV[7]), ARGV[8]
local mine = base .. 'started:' .. worker
local stale = {}

if endings > 0 then stale = finish(worker, 9, endings, now) end

for i = 1, beginnings do
  local a = 9 + endings * 4 + (i - 1) * 4
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
