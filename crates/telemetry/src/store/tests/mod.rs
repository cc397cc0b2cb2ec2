mod tail;
mod upgrade;
