"""A network file that says a little of everything; the tests spoil or change a line of it."""

SMALL = """\
site: {time_zone: Asia/Shanghai, parameters: {digest: "07:45"}}
facilities:
  - id: county
    kind: hospital
    tier: county
    name_zh: 县院
    name_en: County Hospital
    line24: 0769-0000 1000
    duty: [{people: [chen]}]
    departments:
      - code: cardiology
        name_zh: 心内科
        name_en: Cardiology
        desk: {people: [lin], hours: [{days: mon-fri, hours: 08:00-12:00}]}
        duty:
          - {days: mon-fri, hours: 08:00-17:30, people: [lin, wang]}
          - {days: fri-mon, hours: 17:30-08:00, people: [wang]}
  - {id: clinic, kind: village, tier: village, name_zh: 室, name_en: Clinic, parent: county, areas: [莲塘村]}
people:
  - id: lin
    name_zh: 林
    name_en: Lin
    phone: 13900001234
    roles:
      - {role: doctor, facility: county, department: cardiology}
  - {id: wang, name_zh: 王, name_en: Wang, roles: [{role: doctor, facility: county, department: cardiology}]}
  - {id: chen, name_zh: 陈, name_en: Chen, roles: [{role: coordinator, facility: county}]}
  - {id: he, name_zh: 何, name_en: He, roles: [{role: family_doctor, facility: clinic}]}
  - {id: ada, name_zh: 艾, name_en: Ada, roles: [{role: admin, facility: county}]}
alliances:
  - {id: heart, name_zh: 盟, name_en: Heart, lead: county, members: [county, {facility: clinic, to: 2027-01-31}]}
teams:
  - {id: team, facility: clinic, name_zh: 队, name_en: Team, lead: he}
duty_overrides:
  - {facility: county, department: cardiology, from: 2026-12-25, to: 2026-12-26, people: [wang]}
days:
  - {day: 2026-12-31, working: false}
closed:
  - {facility: clinic, from: 2026-12-01 08:00, to: 2026-12-02 08:00, reason: works}
patients:
  - id: li
    name: 李秀英
    sex: F
    birth: 1954-03-02
    phone: "13900005678"
    identifiers: [{system: card, value: QT 77}]
    teams: [{team: team}]
    contacts: [{id: fang, name: 王芳, relation: daughter, scope: [times, readings]}]
    consents: [sharing, chat]
    informed_by: he
"""
