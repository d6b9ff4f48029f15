#!lua flags=allow-oom
-- Delivers a parent's end to its dependents, a hundred a call, in the order they were enqueued. Those in this queue
-- are settled here; those elsewhere are handed to the caller, who settles them there and confirms in the next call.
-- KEYS  1 the parent's queue prefix
-- ARGV  1 parent id  2 parent's ref  3 this queue's name  4 cursor (the score to go on after, '-inf' first)
--       5 default failure ttl  6... refs confirmed
-- Returns {cursor or '' when through, outcome, payload, foreign refs, owed}
--@include base
--@include place
--@include conclude
--@include settle
probe()
local now = clock()
local id, ref, queue, cursor = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local dependents = base .. 'dependents:' .. id
local told = {}

local function tell(child)
  call('ZREM', dependents, child)
  told[#told + 1] = now
  told[#told + 1] = child
end

-- The graph is drawn from this once a job has ended. Before anything here lets the record expire, for it goes with it.
local function keep_told()
  if #told == 0 or call('EXISTS', job_key(id)) == 0 then return end
  local key = base .. 'told:' .. id
  call('ZADD', key, 'NX', unpack(told))
  call('ZREMRANGEBYRANK', key, 100, -1)
  call('HSET', job_key(id), 'aux', 1)
end

for i = 6, #ARGV do tell(ARGV[i]) end

local outcome, payload = outcome_of(id)
if outcome == 'waits' then
  -- Requeued before all had heard: its next end speaks for it.
  call('ZREM', base .. 'outbox', 'deps:' .. id)
  return { '', outcome, '', {}, {} }
end

local page = call('ZRANGEBYSCORE', dependents, cursor, '+inf', 'WITHSCORES', 'LIMIT', 0, 100)
local foreign = {}
for i = 1, #page, 2 do
  local child, where = string.match(page[i], '^([^@]+)@(.+)$')
  if where ~= queue then
    foreign[#foreign + 1] = page[i]
  elseif settle(child, ref, outcome, payload, now, ARGV[5]) then
    tell(page[i])
  end
end
keep_told()
if #page == 200 or #foreign > 0 then
  return { #page > 0 and '(' .. page[#page] or cursor, outcome, payload, foreign, owed }
end

-- Through.
call('ZREM', base .. 'outbox', 'deps:' .. id)
let_expire(id, now)
return { '', outcome, payload, foreign, owed }
