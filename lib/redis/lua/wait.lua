#!lua flags=allow-oom
-- The outcomes of jobs that have ended as often as asked; of the others, notes who wants to be told.
-- KEYS  1 the queue's prefix
-- ARGV  1 the channel of the client that waits  2... for each job its id, and the requeues after which an end counts
-- Returns three values a job: 'waits' or 'gone' or the status it ended with, its payload, and how often it was requeued
--@include base
local channel = ARGV[1]

local function add_to(watch)
  if not watch then return channel end
  if string.find(',' .. watch .. ',', ',' .. channel .. ',', 1, true) then return nil end
  return watch .. ',' .. channel
end

local function note(hash, field)
  local list = add_to(call('HGET', hash, field))
  if list then call('HSET', hash, field, list) end
end

local answers = {}
for i = 2, #ARGV, 2 do
  local id, after = ARGV[i], tonumber(ARGV[i + 1])
  local r = read(id, 'fn', 'st', 'res', 'err', 'why', 'rq')
  local st, status, payload, requeues = status_of(r[2]), 'waits', '', whole(r[6], 0)
  if not r[1] then
    status = 'gone'
  elseif st == 'finished' then
    status, payload = st, r[3] or ''
  elseif st == 'failed' or st == 'stopped' then
    status, payload = st, r[4] or ''
  elseif st == 'canceled' then
    status, payload = st, r[5] or ''
  else
    note(base .. 'watched', id)
  end
  -- In its record, so that it goes with the job; requeue.lua moves it.
  if status ~= 'waits' and status ~= 'gone' and requeues < after then note(job_key(id), 'nx') end
  answers[#answers + 1] = status
  answers[#answers + 1] = payload
  answers[#answers + 1] = requeues
end
return answers
