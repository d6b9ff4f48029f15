#!lua flags=allow-oom
-- Delivers the ends of parents to their dependents, a hundred a call, in the order they were enqueued. Those in this queue
-- are settled here; those elsewhere are handed to the caller, who settles them there and confirms in the next call.
-- KEYS  1 the parents' queue prefix
-- ARGV  1 this queue's name  2 default failure ttl  3 cursor of the first parent (the score to go on after, '-inf' at its beginning)
--       4 how many refs are confirmed for the first parent  5... these, then the ids of the parents
-- Returns {how many parents are through, cursor of the next one or '' if it has not begun, outcome, payload, foreign refs, owed}
--@include base
--@include place
--@include conclude
--@include settle
--@early clock text_of job_key read whole probe next_seq ring into_queue set_free settle outcome_of is_owing expire_at let_expire
probe()
local now = clock()
local queue, default_ttl, cursor = ARGV[1], ARGV[2], ARGV[3]
local confirmed = tonumber(ARGV[4])
local left = 100

-- The graph is drawn from this once a job has ended. Before anything here lets the record expire, for it goes with it.
local function keep_told(id, told)
  local key = base .. 'told:' .. id
  call('ZADD', key, 'NX', unpack(told))
  call('ZREMRANGEBYRANK', key, '100', '-1')
  call('HSET', job_key(id), 'aux', '1')
end

-- Answers nothing once all have heard, else the score to go on after, and who is to be told elsewhere.
local function release(id, confirmed_refs)
  local dependents = base .. 'dependents:' .. id
  local told = {}
  local function tell(child)
    call('ZREM', dependents, child)
    told[#told + 1] = now
    told[#told + 1] = child
  end
  for _, child in ipairs(confirmed_refs) do tell(child) end
  local outcome, payload = outcome_of(id)
  if outcome == 'waits' then
    -- Requeued before all had heard: its next end speaks for it.
    call('ZREM', base .. 'outbox', 'deps:' .. id)
    return
  end
  local page = call('ZRANGEBYSCORE', dependents, cursor, '+inf', 'WITHSCORES', 'LIMIT', '0', text_of(left))
  local foreign = {}
  for i = 1, #page, 2 do
    local child, where = string.match(page[i], '^([^@]+)@(.+)$')
    if where ~= queue then
      foreign[#foreign + 1] = page[i]
    elseif settle(child, id .. '@' .. queue, outcome, payload, now, default_ttl) then
      tell(page[i])
    end
  end
  if #told > 0 and outcome ~= 'gone' then keep_told(id, told) end
  if #page == 2 * left or #foreign > 0 then return '(' .. page[#page], outcome, payload, foreign end
  left = left - #page / 2
  call('ZREM', base .. 'outbox', 'deps:' .. id)
  let_expire(id, now)
end

local refs = {}
for i = 5, 4 + confirmed do refs[#refs + 1] = ARGV[i] end
local through = 0
for i = 5 + confirmed, #ARGV do
  local next_cursor, outcome, payload, foreign = release(ARGV[i], refs)
  if next_cursor then return { through, next_cursor, outcome, payload, foreign, owed } end
  through = through + 1
  if left <= 0 then break end
  cursor, refs = '-inf', {}
end
return { through, '', '', '', {}, owed }
