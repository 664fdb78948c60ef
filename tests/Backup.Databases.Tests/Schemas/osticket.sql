-- A helpdesk's tables, shaped like those of osTicket 1.18: the same names and columns, no foreign keys, every relation by convention.
-- utf8mb4 where the application has utf8, so that texts may hold what mails hold; a few tables stay as they are.

-- Users and their accounts
CREATE TABLE ost_user (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  org_id INT UNSIGNED NOT NULL,
  default_email_id INT NOT NULL,
  status INT UNSIGNED NOT NULL DEFAULT 0,
  name VARCHAR(128) NOT NULL,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), KEY org_id (org_id), KEY default_email_id (default_email_id), KEY name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_user_email (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  user_id INT UNSIGNED NOT NULL,
  flags INT UNSIGNED NOT NULL DEFAULT 0,
  address VARCHAR(255) NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY address (address), KEY user_email_lookup (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_user_account (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  user_id INT UNSIGNED NOT NULL,
  status INT UNSIGNED NOT NULL DEFAULT 0,
  timezone VARCHAR(64) DEFAULT NULL,
  lang VARCHAR(16) DEFAULT NULL,
  username VARCHAR(64) DEFAULT NULL,
  passwd VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  backend VARCHAR(32) DEFAULT NULL,
  extra TEXT,
  registered TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id), KEY user_id (user_id), UNIQUE KEY username (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_organization (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(128) NOT NULL DEFAULT '',
  manager VARCHAR(16) NOT NULL DEFAULT '',
  status INT UNSIGNED NOT NULL DEFAULT 0,
  domain VARCHAR(256) NOT NULL DEFAULT '',
  extra TEXT,
  created TIMESTAMP NULL DEFAULT NULL,
  updated TIMESTAMP NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_note (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  pid INT UNSIGNED,
  staff_id INT UNSIGNED NOT NULL DEFAULT 0,
  ext_id VARCHAR(10),
  body TEXT,
  status INT UNSIGNED NOT NULL DEFAULT 0,
  sort INT UNSIGNED NOT NULL DEFAULT 0,
  created TIMESTAMP NOT NULL DEFAULT '0000-00-00 00:00:00',
  updated TIMESTAMP NOT NULL DEFAULT '0000-00-00 00:00:00' ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id), KEY ext_id (ext_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

-- Tickets, tasks, threads
CREATE TABLE ost_ticket (
  ticket_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  ticket_pid INT UNSIGNED DEFAULT NULL,
  number VARCHAR(20),
  user_id INT UNSIGNED NOT NULL DEFAULT 0,
  user_email_id INT UNSIGNED NOT NULL DEFAULT 0,
  status_id INT UNSIGNED NOT NULL DEFAULT 0,
  dept_id INT UNSIGNED NOT NULL DEFAULT 0,
  sla_id INT UNSIGNED NOT NULL DEFAULT 0,
  topic_id INT UNSIGNED NOT NULL DEFAULT 0,
  staff_id INT UNSIGNED NOT NULL DEFAULT 0,
  team_id INT UNSIGNED NOT NULL DEFAULT 0,
  email_id INT UNSIGNED NOT NULL DEFAULT 0,
  lock_id INT UNSIGNED NOT NULL DEFAULT 0,
  flags INT UNSIGNED NOT NULL DEFAULT 0,
  sort INT UNSIGNED NOT NULL DEFAULT 0,
  ip_address VARCHAR(64) NOT NULL DEFAULT '',
  source ENUM('Web', 'Email', 'Phone', 'API', 'Other') NOT NULL DEFAULT 'Other',
  source_extra VARCHAR(40) NULL DEFAULT NULL,
  isoverdue TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  isanswered TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  duedate DATETIME DEFAULT NULL,
  est_duedate DATETIME DEFAULT NULL,
  reopened DATETIME DEFAULT NULL,
  closed DATETIME DEFAULT NULL,
  lastupdate DATETIME DEFAULT NULL,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (ticket_id), KEY user_id (user_id), KEY dept_id (dept_id), KEY staff_id (staff_id), KEY status_id (status_id),
  KEY created (created), KEY closed (closed), KEY topic_id (topic_id), KEY ticket_pid (ticket_pid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_task (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  object_id INT NOT NULL DEFAULT 0,
  object_type CHAR(1) NOT NULL,
  number VARCHAR(20) DEFAULT NULL,
  dept_id INT UNSIGNED NOT NULL DEFAULT 0,
  staff_id INT UNSIGNED NOT NULL DEFAULT 0,
  team_id INT UNSIGNED NOT NULL DEFAULT 0,
  lock_id INT UNSIGNED NOT NULL DEFAULT 0,
  flags INT UNSIGNED NOT NULL DEFAULT 0,
  duedate DATETIME DEFAULT NULL,
  closed DATETIME DEFAULT NULL,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), KEY created (created), KEY object (object_id, object_type), KEY flags (flags)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_thread (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  object_id INT UNSIGNED NOT NULL,
  object_type CHAR(1) NOT NULL,
  extra TEXT,
  lastresponse DATETIME DEFAULT NULL,
  lastmessage DATETIME DEFAULT NULL,
  created DATETIME NOT NULL,
  PRIMARY KEY (id), KEY object_id (object_id), KEY object_type (object_type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_thread_entry (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  pid INT UNSIGNED NOT NULL DEFAULT 0,
  thread_id INT UNSIGNED NOT NULL DEFAULT 0,
  staff_id INT UNSIGNED NOT NULL DEFAULT 0,
  user_id INT UNSIGNED NOT NULL DEFAULT 0,
  type CHAR(1) NOT NULL DEFAULT '',
  flags INT UNSIGNED NOT NULL DEFAULT 0,
  poster VARCHAR(128) NOT NULL DEFAULT '',
  editor INT UNSIGNED NULL,
  editor_type CHAR(1) NULL,
  source VARCHAR(32) NOT NULL DEFAULT '',
  title VARCHAR(255),
  body TEXT NOT NULL,
  format VARCHAR(16) NOT NULL DEFAULT 'html',
  ip_address VARCHAR(64) NOT NULL DEFAULT '',
  extra TEXT,
  recipients TEXT,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), KEY pid (pid), KEY thread_id (thread_id), KEY staff_id (staff_id), KEY type (type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_thread_entry_email (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  thread_entry_id INT UNSIGNED NOT NULL,
  email_id INT UNSIGNED DEFAULT NULL,
  mid VARCHAR(255) NOT NULL,
  headers TEXT,
  PRIMARY KEY (id), KEY thread_entry_id (thread_entry_id), KEY mid (mid), KEY email_id (email_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_thread_entry_merge (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  thread_entry_id INT UNSIGNED NOT NULL,
  data TEXT,
  PRIMARY KEY (id), KEY thread_entry_id (thread_entry_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_event (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(60) NOT NULL,
  description VARCHAR(60) DEFAULT NULL,
  PRIMARY KEY (id), UNIQUE KEY name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_thread_event (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  thread_id INT UNSIGNED NOT NULL DEFAULT 0,
  thread_type CHAR(1) NOT NULL DEFAULT '',
  event_id INT UNSIGNED DEFAULT NULL,
  staff_id INT UNSIGNED NOT NULL,
  team_id INT UNSIGNED NOT NULL,
  dept_id INT UNSIGNED NOT NULL,
  topic_id INT UNSIGNED NOT NULL,
  data VARCHAR(1024) DEFAULT NULL,
  username VARCHAR(128) NOT NULL DEFAULT 'SYSTEM',
  uid INT UNSIGNED DEFAULT NULL,
  uid_type CHAR(1) NOT NULL DEFAULT 'S',
  annulled TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  `timestamp` DATETIME NOT NULL,
  PRIMARY KEY (id), KEY ticket_state (thread_id, event_id, `timestamp`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_thread_referral (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  thread_id INT UNSIGNED NOT NULL,
  object_id INT UNSIGNED NOT NULL,
  object_type CHAR(1) NOT NULL,
  created DATETIME NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY ref (object_id, object_type, thread_id), KEY thread_id (thread_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_thread_collaborator (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  flags INT UNSIGNED NOT NULL DEFAULT 1,
  thread_id INT UNSIGNED NOT NULL DEFAULT 0,
  user_id INT UNSIGNED NOT NULL DEFAULT 0,
  role CHAR(1) NOT NULL DEFAULT 'M',
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY collab (thread_id, user_id), KEY user_id (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_draft (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  staff_id INT UNSIGNED NOT NULL,
  namespace VARCHAR(32) NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  extra TEXT,
  created TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated TIMESTAMP NULL DEFAULT NULL,
  PRIMARY KEY (id), KEY staff_id (staff_id), KEY namespace (namespace)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_lock (
  lock_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  staff_id INT UNSIGNED NOT NULL DEFAULT 0,
  expire DATETIME DEFAULT NULL,
  code VARCHAR(20),
  created DATETIME NOT NULL,
  PRIMARY KEY (lock_id), KEY staff_id (staff_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

-- Custom fields
CREATE TABLE ost_form (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  pid INT UNSIGNED DEFAULT NULL,
  type VARCHAR(8) NOT NULL DEFAULT 'G',
  flags INT UNSIGNED NOT NULL DEFAULT 1,
  title VARCHAR(255) NOT NULL,
  instructions VARCHAR(512),
  name VARCHAR(64) NOT NULL DEFAULT '',
  notes TEXT,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), KEY type (type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_form_field (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  form_id INT UNSIGNED NOT NULL,
  flags INT UNSIGNED DEFAULT 1,
  type VARCHAR(255) NOT NULL DEFAULT 'text',
  label VARCHAR(255) NOT NULL,
  name VARCHAR(64) NOT NULL,
  configuration TEXT,
  sort INT UNSIGNED NOT NULL,
  hint VARCHAR(512),
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), KEY form_id (form_id), KEY sort (sort)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_form_entry (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  form_id INT UNSIGNED NOT NULL,
  object_id INT UNSIGNED,
  object_type CHAR(1) NOT NULL DEFAULT 'T',
  sort INT UNSIGNED NOT NULL DEFAULT 1,
  extra TEXT,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), KEY entry_lookup (object_type, object_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_form_entry_values (
  entry_id INT UNSIGNED NOT NULL,
  field_id INT UNSIGNED NOT NULL,
  value TEXT,
  value_id INT,
  PRIMARY KEY (entry_id, field_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Files
CREATE TABLE ost_attachment (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  object_id INT UNSIGNED NOT NULL,
  type CHAR(1) NOT NULL,
  file_id INT UNSIGNED NOT NULL,
  name VARCHAR(255) NULL DEFAULT NULL,
  inline TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  lang VARCHAR(16),
  PRIMARY KEY (id), UNIQUE KEY `file-type` (object_id, file_id, type), UNIQUE KEY file_object (file_id, object_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_file (
  id INT NOT NULL AUTO_INCREMENT,
  ft CHAR(1) NOT NULL DEFAULT 'T',
  bk CHAR(1) NOT NULL DEFAULT 'D',
  type VARCHAR(255) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL DEFAULT '',
  size BIGINT UNSIGNED NOT NULL DEFAULT 0,
  `key` VARCHAR(86) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
  signature VARCHAR(86) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) NOT NULL DEFAULT '',
  attrs VARCHAR(255),
  created DATETIME NOT NULL,
  PRIMARY KEY (id), KEY ft (ft), KEY `key` (`key`), KEY signature (signature), KEY type (type), KEY created (created), KEY size (size)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_file_chunk (
  file_id INT NOT NULL,
  chunk_id INT NOT NULL,
  filedata LONGBLOB NOT NULL,
  PRIMARY KEY (file_id, chunk_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

-- Agents
CREATE TABLE ost_staff (
  staff_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  dept_id INT UNSIGNED NOT NULL DEFAULT 0,
  role_id INT UNSIGNED NOT NULL DEFAULT 0,
  username VARCHAR(32) NOT NULL DEFAULT '',
  firstname VARCHAR(32) DEFAULT NULL,
  lastname VARCHAR(32) DEFAULT NULL,
  passwd VARCHAR(128) DEFAULT NULL,
  backend VARCHAR(32) DEFAULT NULL,
  email VARCHAR(255) DEFAULT NULL,
  phone VARCHAR(24) NOT NULL DEFAULT '',
  phone_ext VARCHAR(6) DEFAULT NULL,
  mobile VARCHAR(24) NOT NULL DEFAULT '',
  signature TEXT NOT NULL,
  lang VARCHAR(16) DEFAULT NULL,
  timezone VARCHAR(64) DEFAULT NULL,
  locale VARCHAR(16) DEFAULT NULL,
  notes TEXT,
  isactive TINYINT(1) NOT NULL DEFAULT 1,
  isadmin TINYINT(1) NOT NULL DEFAULT 0,
  isvisible TINYINT(1) UNSIGNED NOT NULL DEFAULT 1,
  onvacation TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  assigned_only TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  show_assigned_tickets TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  change_passwd TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  max_page_size INT UNSIGNED NOT NULL DEFAULT 0,
  auto_refresh_rate INT UNSIGNED NOT NULL DEFAULT 0,
  default_signature_type ENUM('none', 'mine', 'dept') NOT NULL DEFAULT 'none',
  default_paper_size ENUM('Letter', 'Legal', 'Ledger', 'A4', 'A3') NOT NULL DEFAULT 'Letter',
  extra TEXT,
  permissions TEXT,
  created DATETIME NOT NULL,
  lastlogin DATETIME DEFAULT NULL,
  passwdreset DATETIME DEFAULT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (staff_id), UNIQUE KEY username (username), KEY dept_id (dept_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_staff_dept_access (
  staff_id INT UNSIGNED NOT NULL DEFAULT 0,
  dept_id INT UNSIGNED NOT NULL DEFAULT 0,
  role_id INT UNSIGNED NOT NULL DEFAULT 0,
  flags INT UNSIGNED NOT NULL DEFAULT 1,
  PRIMARY KEY (staff_id, dept_id), KEY dept_id (dept_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_team (
  team_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  lead_id INT UNSIGNED NOT NULL DEFAULT 0,
  flags INT UNSIGNED NOT NULL DEFAULT 1,
  name VARCHAR(125) NOT NULL DEFAULT '',
  notes TEXT,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (team_id), UNIQUE KEY name (name), KEY lead_id (lead_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_team_member (
  team_id INT UNSIGNED NOT NULL DEFAULT 0,
  staff_id INT UNSIGNED NOT NULL,
  flags INT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (team_id, staff_id), KEY staff_id (staff_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_department (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  pid INT UNSIGNED DEFAULT NULL,
  flags INT UNSIGNED NOT NULL DEFAULT 0,
  name VARCHAR(128) NOT NULL DEFAULT '',
  signature TEXT NOT NULL,
  path VARCHAR(128) NOT NULL DEFAULT '/',
  updated DATETIME NOT NULL,
  created DATETIME NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY name (name, pid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_queue_config (
  queue_id INT UNSIGNED NOT NULL,
  staff_id INT UNSIGNED NOT NULL,
  setting TEXT,
  updated DATETIME NOT NULL,
  PRIMARY KEY (queue_id, staff_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

-- Settings, of which a run saves every row as nobody's
CREATE TABLE ost_api_key (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  isactive TINYINT(1) NOT NULL DEFAULT 1,
  ipaddr VARCHAR(64) NOT NULL,
  apikey VARCHAR(255) NOT NULL,
  notes TEXT,
  updated DATETIME NOT NULL,
  created DATETIME NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY apikey (apikey)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_config (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  namespace VARCHAR(64) NOT NULL,
  `key` VARCHAR(64) NOT NULL,
  value TEXT NOT NULL,
  updated TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id), UNIQUE KEY namespace (namespace, `key`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_sequence (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(64) DEFAULT NULL,
  flags INT UNSIGNED DEFAULT NULL,
  `next` BIGINT UNSIGNED NOT NULL DEFAULT 1,
  `increment` INT DEFAULT 1,
  padding CHAR(1) DEFAULT '0',
  updated DATETIME NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_help_topic (
  topic_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  topic_pid INT UNSIGNED NOT NULL DEFAULT 0,
  ispublic TINYINT(1) UNSIGNED NOT NULL DEFAULT 1,
  flags INT UNSIGNED DEFAULT 0,
  dept_id INT UNSIGNED NOT NULL DEFAULT 0,
  sort INT UNSIGNED NOT NULL DEFAULT 0,
  topic VARCHAR(128) NOT NULL DEFAULT '',
  notes TEXT,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (topic_id), UNIQUE KEY topic (topic, topic_pid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_ticket_status (
  id INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(60) NOT NULL DEFAULT '',
  state VARCHAR(16) DEFAULT NULL,
  mode INT UNSIGNED NOT NULL DEFAULT 0,
  flags INT UNSIGNED NOT NULL DEFAULT 0,
  sort INT UNSIGNED NOT NULL DEFAULT 0,
  properties TEXT NOT NULL,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY name (name), KEY state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_ticket_priority (
  priority_id TINYINT NOT NULL AUTO_INCREMENT,
  priority VARCHAR(60) NOT NULL DEFAULT '',
  priority_desc VARCHAR(30) NOT NULL DEFAULT '',
  priority_color VARCHAR(7) NOT NULL DEFAULT '',
  priority_urgency TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  ispublic TINYINT(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (priority_id), UNIQUE KEY priority (priority)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_canned_response (
  canned_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  dept_id INT UNSIGNED NOT NULL DEFAULT 0,
  isenabled TINYINT(1) UNSIGNED NOT NULL DEFAULT 1,
  title VARCHAR(255) NOT NULL DEFAULT '',
  response TEXT NOT NULL,
  lang VARCHAR(16) NOT NULL DEFAULT 'en_US',
  notes TEXT,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (canned_id), UNIQUE KEY title (title)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_faq (
  faq_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  category_id INT UNSIGNED NOT NULL DEFAULT 0,
  ispublished TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
  question VARCHAR(255) NOT NULL,
  answer TEXT NOT NULL,
  keywords TINYTEXT,
  notes TEXT,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (faq_id), UNIQUE KEY question (question)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_filter (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  execorder INT UNSIGNED NOT NULL DEFAULT 99,
  isactive TINYINT(1) UNSIGNED NOT NULL DEFAULT 1,
  name VARCHAR(32) NOT NULL DEFAULT '',
  notes TEXT,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_filter_rule (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  filter_id INT UNSIGNED NOT NULL DEFAULT 0,
  what VARCHAR(32) NOT NULL,
  how ENUM('equal', 'not_equal', 'contains', 'dn_contain', 'starts', 'ends', 'match', 'not_match') NOT NULL,
  val VARCHAR(255) NOT NULL,
  isactive TINYINT(1) UNSIGNED NOT NULL DEFAULT 1,
  notes TINYTEXT NOT NULL,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id), KEY filter_id (filter_id), UNIQUE KEY filter (filter_id, what, how, val)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_list (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  sort_mode ENUM('Alpha', '-Alpha', 'SortCol') NOT NULL DEFAULT 'Alpha',
  configuration TEXT NOT NULL DEFAULT '',
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_list_items (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  list_id INT,
  status INT UNSIGNED NOT NULL DEFAULT 1,
  value VARCHAR(255) NOT NULL,
  extra VARCHAR(255),
  sort INT NOT NULL DEFAULT 1,
  properties TEXT,
  PRIMARY KEY (id), KEY list_item_lookup (list_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_plugin (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  install_path VARCHAR(60) NOT NULL,
  isactive TINYINT(1) NOT NULL DEFAULT 0,
  installed DATETIME NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY install_path (install_path)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE ost_syslog (
  log_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  log_type ENUM('Debug', 'Warning', 'Error') NOT NULL,
  title VARCHAR(255) NOT NULL,
  log TEXT NOT NULL,
  logger VARCHAR(64) NOT NULL,
  ip_address VARCHAR(64) NOT NULL,
  created DATETIME NOT NULL,
  updated DATETIME NOT NULL,
  PRIMARY KEY (log_id), KEY log_type (log_type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What the application makes again
CREATE TABLE ost_session (
  session_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL DEFAULT '',
  session_data BLOB,
  session_expire DATETIME DEFAULT NULL,
  session_updated DATETIME DEFAULT NULL,
  user_id VARCHAR(16) NOT NULL DEFAULT '0',
  user_ip VARCHAR(64) NOT NULL,
  user_agent VARCHAR(255) NOT NULL,
  PRIMARY KEY (session_id), KEY updated (session_updated), KEY user_id (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;

CREATE TABLE ost__search (
  object_type VARCHAR(8) NOT NULL,
  object_id INT UNSIGNED NOT NULL,
  title TEXT,
  content TEXT,
  PRIMARY KEY (object_type, object_id), FULLTEXT KEY search (title, content)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_ticket__cdata (
  ticket_id INT UNSIGNED NOT NULL,
  subject MEDIUMTEXT,
  priority MEDIUMTEXT,
  PRIMARY KEY (ticket_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE ost_user__cdata (
  user_id INT UNSIGNED NOT NULL,
  email MEDIUMTEXT,
  name MEDIUMTEXT,
  phone MEDIUMTEXT,
  PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
