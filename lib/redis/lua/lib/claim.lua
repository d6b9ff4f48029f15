-- Hands jobs to a worker: three values a job, its id, the token of the claim, and its record. `al` marks a job that runs
-- alone because a worker died with it, so that a poison job cannot drag its neighbours over the limit of recoveries.
local function hand_over(worker, popped, now, begin, held, default_ttl)
  local jobs, started, back = {}, {}, {}
  -- A token is this call's number and the job's place in the queue, which it gets back when it is given back.
  local claim = call('HINCRBY', base .. 'stats', 'claims', 1) .. ':'
  local alone = false
  for i = 1, #popped, 2 do
    local id, score = popped[i], popped[i + 1]
    local key = job_key(id)
    -- All of it at once is cheaper than the fields by name: a waiting job has few.
    local record = redis.pcall('HGETALL', key)
    local readable, attempt, over, marked = false, 1, nil, false
    for f = 1, #record, 2 do
      local name = record[f]
      if name == 'fn' or name == 'args' then
        readable = true
      elseif name == 'n' then
        attempt = (tonumber(record[f + 1]) or 0) + 1
      elseif name == 'x' then
        over = tonumber(record[f + 1])
      elseif name == 'al' then
        marked = true
      end
    end
    if not readable then
      write_off(id)
    elseif over and over <= now then
      cancel(id, 'its time to wait in the queue (ttl) was over', now, default_ttl)
    elseif alone or (marked and (held > 0 or #started > 0)) then
      alone = true
      back[#back + 1] = score
      back[#back + 1] = id
    else
      alone = marked
      local token = claim .. score
      local n = #started
      started[n + 1] = id
      started[n + 2] = token
      n = #jobs
      jobs[n + 1] = id
      jobs[n + 2] = token
      jobs[n + 3] = record
      if begin or alone then
        call('HSET', key, 'st', 'started', 'on', now, 'w', worker)
        if attempt > 1 then call('HSET', key, 'n', attempt) end
      end
    end
  end
  if #back > 0 then call('ZADD', base .. 'queued', unpack(back)) end
  if #started > 0 then call('HSET', base .. 'started:' .. worker, unpack(started)) end
  return jobs, #back > 0
end
