-- Hands jobs to a worker. A reply holds FIELDS values a job; `al` marks a job that runs alone because a worker died
-- with it, so that a poison job cannot drag its neighbours over the limit of recoveries.
local function hand_over(worker, popped, now, begin, held, default_ttl)
  local jobs, started, back = {}, {}, {}
  local claims = call('HINCRBY', base .. 'stats', 'claims', #popped / 2) - #popped / 2
  local alone = false
  for i = 1, #popped, 2 do
    local id, score = popped[i], popped[i + 1]
    local key = job_key(id)
    local r = read(id, 'fn', 'args', 'opts', 'n', 'rc', 'meta', 'aux', 'x', 'al')
    if not (r[1] or r[2]) then
      write_off(id)
    elseif (tonumber(r[8]) or now + 1) <= now then
      cancel(id, 'its time to wait in the queue (ttl) was over', now, default_ttl)
    elseif alone or (r[9] and (held > 0 or #started > 0)) then
      alone = true
      back[#back + 1] = score
      back[#back + 1] = id
    else
      alone = r[9] and true or false
      claims = claims + 1
      local token = string.format('%.0f', claims) .. ':' .. score
      started[#started + 1] = id
      started[#started + 1] = token
      local n = #jobs
      jobs[n + 1] = id
      jobs[n + 2] = token
      for f = 1, 7 do jobs[n + 2 + f] = r[f] end
      jobs[n + 10] = r[9]
      if begin or alone then
        local attempt = (tonumber(r[4]) or 0) + 1
        call('HSET', key, 'st', 'started', 'on', now, 'w', worker)
        if attempt > 1 then call('HSET', key, 'n', attempt) end
      end
    end
  end
  if #back > 0 then call('ZADD', base .. 'queued', unpack(back)) end
  if #started > 0 then call('HSET', base .. 'started:' .. worker, unpack(started)) end
  return jobs, #back > 0
end
